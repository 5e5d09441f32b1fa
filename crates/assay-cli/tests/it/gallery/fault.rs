//! Makes the enum of all faults from a list of documented names under their rules.

macro_rules! faults {
    ($($rule:literal { $($(#[doc = $says:literal])+ $name:ident,)+ })+) => {
        /// One fault of a reader.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Fault {
            $($( $(#[doc = $says])+ $name, )+)+
        }

        impl Fault {
            /// All of them, by rule in the order a file is read.
            pub(crate) const ALL: &[Fault] = &[$($( Fault::$name, )+)+];

            /// The rule that a reader with the fault breaks.
            pub(crate) fn rule(self) -> &'static str {
                match self { $($( Fault::$name => $rule, )+)+ }
            }

            /// What a reader with the fault does.
            pub(crate) fn says(self) -> &'static str {
                match self { $($( Fault::$name => concat!($($says),+).trim_ascii(), )+)+ }
            }
        }
    };
}

mod list;

pub(crate) use list::Fault;
