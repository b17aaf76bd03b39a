//! Addresses that belong together.

use std::net::IpAddr;
use std::str::FromStr;

/// All addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// As IPv6; of IPv4 what is mapped there.
    first: u128,
    /// Those that all of them share.
    mask: u128,
}

/// Not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an address or a network such as 10.0.0.0/8 or fd00::/8")]
pub struct NoNetwork;

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl Network {
    /// Whether the address is one of them; an IPv4 address that is mapped into
    /// IPv6 is what it is without.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.first
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    /// An address alone is a network of one. Bits behind the prefix must be
    /// zero: whoever has written some may have meant something else.
    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = match prefix {
            Some(prefix) if prefix.bytes().all(|digit| digit.is_ascii_digit()) => {
                prefix.parse().ok().filter(|length| *length <= most).ok_or(NoNetwork)?
            }
            Some(_) => return Err(NoNetwork),
            None => most,
        };
        let free = most - length;
        let mask = u128::MAX.checked_shl(free).unwrap_or(0);
        let first = bits(address);
        if first & mask != first {
            return Err(NoNetwork);
        }
        Ok(Self { first, mask })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_the_addresses_that_begin_like_it() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.0/31", "192.0.2.1", "192.0.2.2"),
            ("fd00::/8", "fdff::1", "fe00::"),
            ("::1", "::1", "::2"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"),
        ] {
            assert!(contains(network, inside), "{inside} is in {network}");
            assert!(!contains(network, outside), "{outside} is not in {network}");
        }
        assert!(contains("::/0", "10.0.0.1") && contains("::/0", "fd00::1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "/",
            "10.0.0.0/",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/+8",
            "10.0.0.1/8",
            "a/8",
            "10/8",
        ] {
            assert_eq!(text.parse::<Network>(), Err(NoNetwork), "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn two_addresses_are_in_one_network_iff_they_share_its_bits(
            one: u32,
            bit in 0_u32..32,
            prefix in 0_u32..=32,
        ) {
            let first = u32::MAX.checked_shl(32 - prefix).unwrap_or(0) & one;
            let address = |bits: u32| IpAddr::from(bits.to_be_bytes());
            let network: Network = format!("{}/{prefix}", address(first)).parse().unwrap();
            prop_assert!(network.contains(address(one)));
            // Counted from the left.
            let other = one ^ (1 << (31 - bit));
            prop_assert_eq!(network.contains(address(other)), bit >= prefix);
        }
    }
}
