"""launchspec compiles one YAML spec per model into pages, scripts, configs and manifests."""

__version__ = "0.1.0"
