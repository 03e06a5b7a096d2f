"""The measured joined reads, one per endpoint; each answers only what the full check would answer too."""
