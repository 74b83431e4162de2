//! Sockets, TLS, HTTP limits and drain; knows no route.
