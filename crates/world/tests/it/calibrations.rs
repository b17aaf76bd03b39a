//! §10: the exponent of the cap.

use erynoa_world::Calibration;
use proptest::prelude::*;

#[test]
fn worked_example_of_two_epochs_at_seven_tenths() {
    let mut calibration = Calibration::default();
    assert_eq!(calibration.step(700_000), 309_675);
    assert_eq!(calibration.step(700_000), 302_850);
}

#[test]
fn at_the_target_the_exponent_is_a_quarter() {
    let mut calibration = Calibration::default();
    assert_eq!(calibration.step(350_000), 250_000);
    assert_eq!(calibration.step(350_000), 250_000);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut calibration = Calibration::default();
    for _ in 0..100 {
        calibration.step(1_000_000);
    }
    assert_eq!(calibration.integral_ppm, 100_000);
    // .25 + .15 · .65 + .05 · .1
    assert_eq!(calibration.step(1_000_000), 350_000, "bounded: it would be .3525");
    for _ in 0..100 {
        calibration.step(0);
    }
    assert_eq!(calibration.integral_ppm, -100_000);
    // .25 − .15 · .35 − .05 · .1
    assert_eq!(calibration.step(0), 192_500);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_exponent_stays_within_its_bounds(ginis in prop::collection::vec(0..=1_000_000_u32, 1..200)) {
        let mut calibration = Calibration::default();
        for gini in ginis {
            let exponent = calibration.step(gini);
            prop_assert!((150_000..=350_000).contains(&exponent));
            prop_assert!(calibration.integral_ppm.abs() <= 100_000);
        }
    }

    #[test]
    fn more_inequality_never_widens_the_cap(gini in 0..1_000_000_u32, before in 0..=1_000_000_u32) {
        let mut calibration = Calibration::default();
        calibration.step(before);
        let mut other = calibration;
        prop_assert!(calibration.step(gini + 1) >= other.step(gini));
    }
}
