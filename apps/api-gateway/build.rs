//! Rebuilds when the built web apps change: they are part of the binary.

fn main() {
    for app in ["platform", "console", "docs"] {
        println!("cargo::rerun-if-changed=../../web/apps/{app}/build");
    }
    println!("cargo::rerun-if-env-changed=ERYNOA_BUILD");
}
