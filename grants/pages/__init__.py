"""What all pages are made with: browsers' cookies and forms, the layout, tables, words and assets. The wings' pages stand on it."""
