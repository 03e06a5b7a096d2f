"""Pages on the way into a site: sign-in, registration, confirmation, consent, device."""
