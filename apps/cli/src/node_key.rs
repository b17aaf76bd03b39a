//! The key of a node in its data folder.

use std::fs;
use std::path::Path;

use erynoa_events::SigningKey;
use erynoa_kernel::{Did, Entropy, IdentityId, Namespace, PublicKey, Secret};

use crate::error::CliError;
use crate::key_file::write_private;

/// What comes before the key in the peer id of an Ed25519 key: an identity
/// multihash of 36 bytes, and in it a protobuf with type 1 and 32 bytes of data.
const PEER_ID_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// The libp2p peer id of a node's key.
pub(crate) fn peer_id(key: &PublicKey) -> String {
    bs58::encode([&PEER_ID_PREFIX[..], key.as_bytes()].concat()).into_string()
}

/// The identity of a node's key.
pub(crate) fn did(key: &PublicKey) -> Did {
    let namespace = Namespace::Craft;
    Did { namespace, identity: IdentityId::of(namespace, key) }
}

/// Reads `keys/node.key` of a data folder, or makes it. The server does the
/// same at its first start.
pub(crate) fn read_or_make(
    data_dir: &Path,
    entropy: &dyn Entropy,
) -> Result<Secret<[u8; 32]>, CliError> {
    let path = data_dir.join("keys").join("node.key");
    if !path.exists() {
        let seed = Secret::new(entropy.bytes32());
        let text = Secret::new(format!("{}\n", hex::encode(seed.expose())));
        write_private(&path, text.expose().as_bytes())?;
        return Ok(seed);
    }
    let text = fs::read_to_string(&path).map_err(|error| CliError::file(&path, error))?;
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim_end(), &mut seed)
        .map_err(|_| CliError::file(&path, "64 hexadecimal digits should be there"))?;
    Ok(Secret::new(seed))
}

/// The public half of a seed.
pub(crate) fn public(seed: &Secret<[u8; 32]>) -> PublicKey {
    SigningKey::from_seed(*seed.expose()).public_key()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Entropy for Fixed {
        fn bytes32(&self) -> [u8; 32] {
            [7; 32]
        }
    }

    #[test]
    fn a_peer_id_is_the_one_of_the_libp2p_specification() {
        // Its Ed25519 key of the test vectors for peer ids.
        let key = "1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
        let key = PublicKey::try_from(&hex::decode(key).expect("hex")[..]).expect("32 bytes");
        let id = peer_id(&key);
        assert!(id.starts_with("12D3KooW") && id.len() == 52, "{id}");
        let bytes = bs58::decode(&id).into_vec().expect("base58");
        assert_eq!(hex::encode(bytes), format!("002408011220{}", hex::encode(key.as_bytes())));
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = read_or_make(folder.path(), &Fixed).expect("it is made");
        let again = read_or_make(folder.path(), &Fixed).expect("it is there");
        assert_eq!(made.expose(), again.expose());
        let path = folder.path().join("keys/node.key");
        let text = fs::read_to_string(&path).expect("it is there");
        assert_eq!(text, format!("{}\n", "07".repeat(32)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(&path, "nothing\n").expect("it can be written");
        assert!(read_or_make(folder.path(), &Fixed).is_err());
    }
}
