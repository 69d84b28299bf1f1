// Carries a precompiled header; has no code of its own.
