//! Files from nothing: valid by construction, or breaking exactly one rule.
