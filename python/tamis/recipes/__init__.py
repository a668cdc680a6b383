"""Recipes that come with tamis, as TOML files, and the papers that they cite."""
