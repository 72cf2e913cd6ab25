"""pixi.lock, and the pixi.toml that it belongs to."""
