"""The part of an app's page that says what is wrong with the app, or will be."""
