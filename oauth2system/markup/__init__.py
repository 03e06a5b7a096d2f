"""What pages are made of where the server writes them: elements of HTML, and the pieces that every page shares."""
