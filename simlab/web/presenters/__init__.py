"""From facts to words: what templates show is made here. Presenters ask no database and decide nothing."""
