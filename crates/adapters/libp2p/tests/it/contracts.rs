//! The network on libp2p keeps the laws of its port, on TCP and on QUIC.

mod tcp {
    use crate::node::{TCP, three};

    erynoa_sync::network_contract!((three(TCP).await, ()));
}

mod quic {
    use crate::node::{QUIC, three};

    erynoa_sync::network_contract!((three(QUIC).await, ()));
}
