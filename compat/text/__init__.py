"""Text with places: bytes to text and back, YAML and TOML whose values know their line and column, splicing edits."""
