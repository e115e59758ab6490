"""Operations of the API that give what a page works out: they stand above `exchange`, whose rules they use."""
