"""The developer documentation: guides, snippets and the API reference, rendered while pages are built."""
