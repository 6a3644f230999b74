"""The queries of lists that people sort, narrow and page: one module for each list, each a ListQuery with its arguments."""
