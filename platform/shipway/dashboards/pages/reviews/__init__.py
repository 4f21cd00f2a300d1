"""People's decisions on models: the form that approves or rejects one. `templates/reviews/panel.html` shows them."""
