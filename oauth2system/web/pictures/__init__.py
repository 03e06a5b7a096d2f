"""Pictures over HTTP: uploaded by forms of ours, and served to anybody."""
