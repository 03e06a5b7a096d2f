"""What a person reads before they decide about an app, on the pages of consent and of devices."""
