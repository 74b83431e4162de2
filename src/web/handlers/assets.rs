//! Static files under names that never change their content.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};

use crate::web::answer::{Answer, fixed, insert, takes_gzip};
use crate::web::assets::{self, Asset};
use crate::web::static_pages;

/// GET /assets/{name}
pub fn asset(name: &str, headers: &HeaderMap) -> Answer {
    match assets::find(name) {
        Some(asset) => serve(asset, headers),
        None => fixed(static_pages::not_found()),
    }
}

/// GET /favicon.ico
pub async fn favicon(headers: HeaderMap) -> Answer {
    serve(&assets::FAVICON, &headers)
}

fn serve(asset: &'static Asset, headers: &HeaderMap) -> Answer {
    let gzip = takes_gzip(headers);
    let (bytes, etag) =
        if gzip { (asset.gzip, asset.etag_gzip) } else { (asset.identity, asset.etag) };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == etag.as_bytes());
    let body = if known { Body::empty() } else { Body::from(Bytes::from_static(bytes)) };
    let mut answer = Response::new(body);
    if known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    }
    insert(&mut answer, header::CONTENT_TYPE, asset.content_type);
    insert(&mut answer, header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    insert(&mut answer, header::ETAG, etag);
    insert(&mut answer, header::VARY, "Accept-Encoding");
    if gzip {
        insert(&mut answer, header::CONTENT_ENCODING, "gzip");
    }
    answer
}
