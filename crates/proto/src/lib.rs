//! Generated code of `proto/`, and nothing else.

/// The signed wire format.
pub mod protocol {
    /// Version 1.
    #[allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated")]
    pub mod v1 {
        include!(concat!(env!("OUT_DIR"), "/erynoa.protocol.v1.rs"));
    }
}

/// The services.
pub mod api {
    /// Version 1.
    #[allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated")]
    pub mod v1 {
        include!(concat!(env!("OUT_DIR"), "/erynoa.api.v1.rs"));
    }
}

/// The file descriptor set of all protos, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
