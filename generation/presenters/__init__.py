"""What a page says about a thing: pure words and figures. No writes, no request, no queries."""
