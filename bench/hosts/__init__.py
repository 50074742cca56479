"""Several hosts on one machine: network namespaces, and the servers that run in them."""
