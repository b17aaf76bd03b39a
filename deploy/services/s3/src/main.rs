//! An S3 server over a folder, for development and tests: a bucket is a folder
//! in it. Signatures are checked. Every origin may call it, as with `MinIO`, so
//! that a browser can use presigned URLs.
//!
//! `erynoa-s3-server ADDRESS FOLDER`; the credentials come from the environment,
//! `S3_ACCESS_KEY` and `S3_SECRET_KEY`.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError};
use s3s_fs::FileSystem;

const USAGE: &str = "usage: S3_ACCESS_KEY=… S3_SECRET_KEY=… erynoa-s3-server ADDRESS FOLDER";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(address), Some(folder), None) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err(USAGE.into());
    };
    let address = address.into_string().map_err(|_| USAGE)?;
    let secret = |name: &str| std::env::var(name).map_err(|_| USAGE);

    let files = FileSystem::new(PathBuf::from(folder)).map_err(|error| format!("{error:?}"))?;
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(secret("S3_ACCESS_KEY")?, secret("S3_SECRET_KEY")?));
    let service = Arc::new(service.build());

    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            let answer = service_fn(move |request| answer(Arc::clone(&service), request));
            let http = Builder::new(TokioExecutor::new());
            // A connection that breaks is the client's affair.
            let _ = http.serve_connection(TokioIo::new(socket), answer).await;
        });
    }
}

async fn answer(
    service: Arc<S3Service>,
    request: Request<Incoming>,
) -> Result<Response<Body>, HttpError> {
    let headers = request.headers();
    let is_preflight = request.method() == Method::OPTIONS
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = if is_preflight {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    } else {
        service.call(request).await?
    };
    open_to_all_origins(response.headers_mut(), asked);
    Ok(response)
}

fn open_to_all_origins(headers: &mut HeaderMap, asked: Option<HeaderValue>) {
    let any = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any.clone());
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, HEAD, PUT, POST, DELETE"),
    );
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.unwrap_or(any));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("ETag, Content-Range, Accept-Ranges, Content-Length"),
    );
}
