"""Authorization: from /oauth2/authorize over sign-in and consent to the answer; devices and pushed requests too."""
