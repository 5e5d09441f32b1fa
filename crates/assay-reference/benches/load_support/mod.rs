//! What the load benchmark is made of.

pub(crate) mod cold;
pub(crate) mod lazy;
pub(crate) mod machine;
pub(crate) mod map;
pub(crate) mod methods;
pub(crate) mod model;
pub(crate) mod rounds;
pub(crate) mod warm;
