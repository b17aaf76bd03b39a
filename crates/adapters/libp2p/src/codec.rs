//! Frames of requests and answers: a length, four bytes, big end first, and
//! that many bytes. Nothing is compressed.

use std::io::{self, ErrorKind};

use bytes::Bytes;
use erynoa_sync::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};
use libp2p::StreamProtocol;
use libp2p::futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::request_response::Codec;

use crate::limits::FRAME_TIMEOUT;

/// The length that stands for an answer larger than allowed.
const TOO_LARGE: u32 = u32::MAX;
/// Bytes are taken in steps of this size, so that a length alone takes no room.
const STEP: usize = 16_384;

/// A request as it comes in. A stream that fails before it is read tells
/// nobody whose it is, so what is wrong comes in place of the request.
#[derive(Debug, PartialEq, Eq)]
pub enum Question {
    /// The bytes.
    Asked(Bytes),
    /// What is wrong, for people.
    Flawed(&'static str),
}

/// An answer; `None` is one larger than allowed.
pub type Answer = Option<Bytes>;

/// Reads and writes frames.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frames;

enum Flaw {
    TooLarge,
    TooSlow,
    Broken(io::Error),
}

async fn read<T: AsyncRead + Unpin + Send>(io: &mut T, most: usize) -> Result<Bytes, Flaw> {
    let whole = async {
        let mut length = [0; 4];
        io.read_exact(&mut length).await.map_err(Flaw::Broken)?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| Flaw::TooLarge)?;
        if length > most {
            return Err(Flaw::TooLarge);
        }
        let mut bytes = Vec::new();
        while bytes.len() < length {
            let (from, to) = (bytes.len(), length.min(bytes.len() + STEP));
            bytes.resize(to, 0);
            io.read_exact(&mut bytes[from..]).await.map_err(Flaw::Broken)?;
        }
        Ok(Bytes::from(bytes))
    };
    tokio::time::timeout(FRAME_TIMEOUT, whole).await.unwrap_or(Err(Flaw::TooSlow))
}

async fn write<T: AsyncWrite + Unpin + Send>(io: &mut T, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| ErrorKind::InvalidInput)?.to_be_bytes();
    // One small write in place of two saves the frame of the second.
    let (head, tail) = bytes.split_at(bytes.len().min(STEP));
    io.write_all(&[&length, head].concat()).await?;
    io.write_all(tail).await?;
    io.flush().await
}

impl Codec for Frames {
    type Protocol = StreamProtocol;
    type Request = Question;
    type Response = Answer;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Question>
    where
        T: AsyncRead + Unpin + Send,
    {
        match read(io, MAX_REQUEST_BYTES).await {
            Ok(bytes) => Ok(Question::Asked(bytes)),
            Err(Flaw::TooLarge) => Ok(Question::Flawed("a request larger than allowed")),
            Err(Flaw::TooSlow) => Ok(Question::Flawed("a request that does not end")),
            // Who asks may go away in the middle.
            Err(Flaw::Broken(error)) => Err(error),
        }
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Answer>
    where
        T: AsyncRead + Unpin + Send,
    {
        match read(io, MAX_RESPONSE_BYTES).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Flaw::TooLarge) => Ok(None),
            Err(Flaw::TooSlow) => Err(ErrorKind::TimedOut.into()),
            Err(Flaw::Broken(error)) => Err(error),
        }
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        request: Question,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let Question::Asked(bytes) = request else { return Err(ErrorKind::InvalidInput.into()) };
        write(io, &bytes).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        answer: Answer,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        match answer {
            Some(bytes) => write(io, &bytes).await,
            None => {
                io.write_all(&TOO_LARGE.to_be_bytes()).await?;
                io.flush().await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libp2p::futures::io::Cursor;

    const ANY: StreamProtocol = StreamProtocol::new("/erynoa/log/1.0");

    async fn request(bytes: &[u8]) -> io::Result<Question> {
        Frames.read_request(&ANY, &mut Cursor::new(bytes)).await
    }

    fn frame(length: u32, bytes: &[u8]) -> Vec<u8> {
        [&length.to_be_bytes(), bytes].concat()
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        for length in [0, 1, STEP - 1, STEP, STEP + 1, MAX_REQUEST_BYTES] {
            let bytes = Bytes::from(vec![0xa5; length]);
            let mut wire = Vec::new();
            let asked = Question::Asked(bytes.clone());
            Frames.write_request(&ANY, &mut wire, asked).await.expect("write");
            assert_eq!(wire.len(), length + 4);
            assert_eq!(request(&wire).await.expect("read"), Question::Asked(bytes.clone()));
            let mut wire = Vec::new();
            Frames.write_response(&ANY, &mut wire, Some(bytes.clone())).await.expect("write");
            let read = Frames.read_response(&ANY, &mut Cursor::new(wire)).await.expect("read");
            assert_eq!(read, Some(bytes));
        }
    }

    #[tokio::test]
    async fn the_greatest_length_passes_and_one_more_is_refused_unread() {
        let most = u32::try_from(MAX_REQUEST_BYTES).expect("fits");
        let whole = frame(most, &vec![1; MAX_REQUEST_BYTES]);
        assert!(matches!(request(&whole).await.expect("read"), Question::Asked(_)));
        for length in [most + 1, i32::MAX as u32, u32::MAX] {
            let flawed = request(&frame(length, &[])).await.expect("told");
            assert_eq!(flawed, Question::Flawed("a request larger than allowed"));
        }
        let most = u32::try_from(MAX_RESPONSE_BYTES).expect("fits");
        let mut wire = Cursor::new(frame(most, &vec![1; MAX_RESPONSE_BYTES]));
        let answer = Frames.read_response(&ANY, &mut wire).await.expect("read");
        assert_eq!(answer.map(|bytes| bytes.len()), Some(MAX_RESPONSE_BYTES));
        let mut wire = Cursor::new(frame(most + 1, &[]));
        assert_eq!(Frames.read_response(&ANY, &mut wire).await.expect("read"), None);
        let mut wire = Vec::new();
        Frames.write_response(&ANY, &mut wire, None).await.expect("write");
        let read = Frames.read_response(&ANY, &mut Cursor::new(wire)).await.expect("read");
        assert_eq!(read, None);
    }

    #[tokio::test]
    async fn a_frame_that_breaks_off_is_an_error() {
        for wire in [&[][..], &[0, 0, 0], &frame(5, b"four")] {
            let error = request(wire).await.expect_err("broken off");
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_frame_that_does_not_end_in_time_is_told() {
        use tokio::io::AsyncWriteExt as _;
        let (mut theirs, ours) = tokio::io::duplex(64);
        theirs.write_all(&frame(100, b"slow")).await.expect("write");
        let mut ours = Compat(ours);
        let read = Frames.read_request(&ANY, &mut ours).await.expect("told");
        assert_eq!(read, Question::Flawed("a request that does not end"));
    }

    /// Tokio's pipe as the streams of libp2p are.
    struct Compat(tokio::io::DuplexStream);

    impl AsyncRead for Compat {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
            buffer: &mut [u8],
        ) -> std::task::Poll<io::Result<usize>> {
            let mut read = tokio::io::ReadBuf::new(buffer);
            let pipe = std::pin::Pin::new(&mut self.0);
            tokio::io::AsyncRead::poll_read(pipe, context, &mut read)
                .map_ok(|()| read.filled().len())
        }
    }
}
