"""One file a page. Each is run by st.navigation as a script and asks `context.current()` for what it needs."""
