"""New kindergartens: whom existing ones leave over, and where new places serve most of them."""
