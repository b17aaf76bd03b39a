//! A web server of one function, as small as can be.

use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

/// A server that ends with its runtime.
pub struct Web {
    pub address: String,
}

/// JSON with a status.
pub fn json(status: u16, body: &Value) -> Response<Full<Bytes>> {
    Response::builder()
        .status(StatusCode::from_u16(status).expect("a status"))
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()))
        .expect("a response")
}

impl Web {
    /// Answers with `answer`, each connection in a task of its own.
    pub async fn start<F, A>(answer: F) -> Self
    where
        F: Fn(Request<Vec<u8>>) -> A + Send + Sync + 'static,
        A: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answer.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let answer = answer.clone();
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await?.to_bytes().to_vec();
                        Ok::<_, hyper::Error>(answer(Request::from_parts(parts, body)).await)
                    }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                // A client that hangs up is no concern of the server.
                tokio::spawn(async move { connection.await.ok() });
            }
        });
        Self { address }
    }
}
