//! The in-memory stores obey the laws of their ports.

mod accounts {
    use std::sync::Arc;

    use erynoa_access::MemoryAccounts;

    erynoa_access::account_store_contract!((Arc::new(MemoryAccounts::default()), ()));
}

mod sessions {
    use std::sync::Arc;

    use erynoa_access::MemorySessions;

    erynoa_access::session_store_contract!((Arc::new(MemorySessions::default()), ()));
}

mod audit {
    use std::sync::Arc;

    use erynoa_access::MemoryAudit;

    erynoa_access::audit_log_contract!((Arc::new(MemoryAudit::default()), ()));
}
