"""Our server under the OpenID Foundation's conformance suite; docs/conformance.md says how to run it."""
