"""What people see: `streamlit run dashboard/app.py -- --brand brand.yaml`.

app.py chooses brand, language and period and runs one page of views/; data.py reads (cached), charts.py draws (what a
change amounts to decides monitor/readmodel/changes.py), components.py and theme.css say how it looks, language.py in
which words, and safe.py is the only place where HTML is made. Who looks, and what they may do: login.py (signing in),
claims.py (what the provider says -> a person here) and viewer.py (roles); correcting.written is the gate of all writes.
"""
