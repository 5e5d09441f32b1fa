//! Plans and runs adapters under limits and judges their replies.
