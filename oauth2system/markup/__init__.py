"""Markup for the pages that the server writes: elements of HTML, and the components that all pages share."""
