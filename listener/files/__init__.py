"""Files as people have them: tables, texts in any encoding and TOML, read with line and reason of what is broken."""
