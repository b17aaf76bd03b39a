//! The accounts of mana behind their port.

use std::sync::Arc;

use erynoa_execution::{Allowance, Mana, MemoryMana, Payer};
use erynoa_kernel::IdentityId;
use proptest::prelude::*;

erynoa_execution::mana_accounts_contract!((Arc::new(MemoryMana::default()), ()));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// What was taken and given back at once was never taken.
    #[test]
    fn giving_back_undoes_taking(
        omega_ppm in 0_u32..=1_000_000,
        first in 0_u64..2_000_000,
        price in 0_u64..2_000_000,
        later_us in 0_u64..1_000_000_000,
    ) {
        let (payer, allowance) = (Payer::Root(IdentityId::default()), Allowance::of(omega_ppm));
        let (mut with, mut without) = (Mana::default(), Mana::default());
        for mana in [&mut with, &mut without] {
            let _ = mana.take(payer, allowance, first, 1);
        }
        if with.take(payer, allowance, price, later_us).is_ok() {
            with.give_back(payer, allowance, price, later_us);
        }
        for at_us in [later_us, later_us + 12_345_678] {
            prop_assert_eq!(
                with.left(payer, allowance, at_us),
                without.left(payer, allowance, at_us)
            );
        }
    }
}
