"""Keys and signatures: JWK, JWS and DPoP proofs (RFC 7515, RFC 7517, RFC 9449)."""
