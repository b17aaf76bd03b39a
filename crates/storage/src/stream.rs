//! Bytes on their way: measured, verified, joined.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use erynoa_kernel::{StoreError, StoreErrorKind};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::media::HEAD_BYTES;
use crate::{BucketName, ByteStream, Hash, ObjectKey, ObjectStore};

/// What went by.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) size: u64,
    pub(crate) hash: Hash,
    /// The first [`HEAD_BYTES`].
    pub(crate) head: Vec<u8>,
}

#[derive(Default)]
struct State {
    hasher: blake3::Hasher,
    size: u64,
    head: Vec<u8>,
}

/// Measures a stream that somebody else reads.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<State>>);

impl Meter {
    fn pass(&self, bytes: &Bytes) {
        // Nothing in here panics half way.
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.hasher.update(bytes);
        state.size += bytes.len() as u64;
        let missing = HEAD_BYTES.saturating_sub(state.head.len()).min(bytes.len());
        state.head.extend_from_slice(&bytes[..missing]);
    }

    /// The stream, measured as it is read.
    pub(crate) fn watch(&self, bytes: ByteStream) -> ByteStream {
        let meter = self.clone();
        Box::pin(bytes.inspect_ok(move |bytes| meter.pass(bytes)))
    }

    /// What has gone by so far.
    pub(crate) fn read(&self) -> Measured {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Measured {
            size: state.size,
            hash: *state.hasher.finalize().as_bytes(),
            head: state.head.clone(),
        }
    }
}

/// Reads a stream to its end.
pub(crate) async fn drain(mut bytes: ByteStream) -> Result<Measured, StoreError> {
    let meter = Meter::default();
    while let Some(piece) = bytes.next().await {
        meter.pass(&piece?);
    }
    Ok(meter.read())
}

/// The stream, which fails with `Corrupt` in place of its last piece when its
/// bytes do not have this hash: nobody receives the whole of a damaged file.
#[must_use]
pub fn verified(bytes: ByteStream, hash: Hash) -> ByteStream {
    let state = (bytes, blake3::Hasher::new(), None::<Bytes>, false);
    Box::pin(stream::try_unfold(state, move |(mut bytes, mut hasher, mut held, over)| async move {
        if over {
            return Ok(None);
        }
        loop {
            match bytes.try_next().await? {
                Some(piece) if piece.is_empty() => {}
                // Keeps one piece back until it is known to be good.
                Some(piece) => {
                    hasher.update(&piece);
                    if let Some(ready) = held.replace(piece) {
                        return Ok(Some((ready, (bytes, hasher, held, false))));
                    }
                }
                None if *hasher.finalize().as_bytes() != hash => {
                    return Err(StoreError::new(
                        StoreErrorKind::Corrupt,
                        "the bytes of a file are not those that were stored",
                    ));
                }
                None => return Ok(held.map(|last| (last, (bytes, hasher, None, true)))),
            }
        }
    }))
}

/// These bytes as a stream.
#[must_use]
pub fn whole(bytes: Bytes) -> ByteStream {
    Box::pin(stream::iter((!bytes.is_empty()).then_some(Ok(bytes))))
}

/// The objects one after the other, each opened when it is its turn.
pub(crate) fn joined(
    store: Arc<dyn ObjectStore>,
    bucket: BucketName,
    keys: Vec<ObjectKey>,
) -> ByteStream {
    let objects = stream::iter(keys).then(move |key| {
        let (store, bucket) = (Arc::clone(&store), bucket.clone());
        async move {
            match store.get(&bucket, &key, None).await? {
                Some((_, bytes)) => Ok(bytes),
                None => Err(StoreError::new(
                    StoreErrorKind::Conflict,
                    format!("part {key} has gone meanwhile"),
                )),
            }
        }
    });
    Box::pin(objects.try_flatten())
}
