"""What operators watch, made from the one list of metrics: the page, Prometheus's alerts, Grafana's dashboard."""
