"""HTTP: connections, certificates, credentials, retries, and the thread with the event loop behind them."""
