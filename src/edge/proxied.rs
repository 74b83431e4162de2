//! The PROXY protocol, version 2: whom a balancer speaks for, told before anything else on a connection.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt};

/// How every header begins: no protocol of ours begins so.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family, length.
const HEAD_BYTES: usize = 16;
/// Addresses, and what balancers add to them; more is no header of theirs.
const REST_BYTES_MAX: usize = 1024;

/// Reads the header. None is a connection of the balancer's own, which speaks for nobody.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let invalid = || io::Error::from(ErrorKind::InvalidData);
    let mut head = [0; HEAD_BYTES];
    stream.read_exact(&mut head).await?;
    let length = usize::from(u16::from_be_bytes([head[14], head[15]]));
    if !head.starts_with(SIGNATURE) || length > REST_BYTES_MAX {
        return Err(invalid());
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match head[12] {
        0x20 => Ok(None),
        0x21 => source(head[13], &rest).map(Some).ok_or_else(invalid),
        _ => Err(invalid()),
    }
}

/// The first address and its port: of TCP over IPv4 or IPv6, whatever else follows.
fn source(family: u8, rest: &[u8]) -> Option<SocketAddr> {
    let port = |at: usize| Some(u16::from_be_bytes(*rest.get(at..)?.first_chunk()?));
    match family {
        0x11 => {
            let address = Ipv4Addr::from(*rest.first_chunk::<4>()?);
            Some(SocketAddr::new(address.into(), port(8)?))
        }
        0x21 => {
            let address = Ipv6Addr::from(*rest.first_chunk::<16>()?);
            // A balancer that listens on both at once writes IPv4 as IPv6.
            Some(SocketAddr::new(address.to_canonical(), port(32)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with a version and command, a family, and what follows.
    fn header(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [SIGNATURE.as_slice(), &[command, family], &length, rest].concat()
    }

    async fn told(bytes: &[u8]) -> Result<Option<String>, ErrorKind> {
        let told = read(&mut &*bytes).await;
        told.map(|address| address.map(|a| a.to_string())).map_err(|error| error.kind())
    }

    #[tokio::test]
    async fn the_client_is_who_the_balancer_says() {
        let v4 = [192, 0, 2, 7, 10, 0, 1, 10, 0x30, 0x39, 1, 187];
        assert_eq!(told(&header(0x21, 0x11, &v4)).await, Ok(Some("192.0.2.7:12345".to_owned())));
        let more = [&v4[..], &[3, 0, 4, 1, 2, 3, 4]].concat();
        assert_eq!(told(&header(0x21, 0x11, &more)).await, Ok(Some("192.0.2.7:12345".to_owned())));
        let mut v6 = [0; 36];
        v6[..4].copy_from_slice(&[0x20, 1, 0xd, 0xb8]);
        v6[15] = 9;
        v6[32..34].copy_from_slice(&443_u16.to_be_bytes());
        let expected = Ok(Some("[2001:db8::9]:443".to_owned()));
        assert_eq!(told(&header(0x21, 0x21, &v6)).await, expected);
        let mapped = "::ffff:192.0.2.7".parse::<Ipv6Addr>().unwrap().octets();
        v6[..16].copy_from_slice(&mapped);
        assert_eq!(told(&header(0x21, 0x21, &v6)).await, Ok(Some("192.0.2.7:443".to_owned())));
    }

    #[tokio::test]
    async fn a_connection_of_the_balancer_itself_speaks_for_nobody() {
        assert_eq!(told(&header(0x20, 0, &[])).await, Ok(None));
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        let v4 = [192, 0, 2, 7, 10, 0, 1, 10, 0x30, 0x39, 1, 187];
        let invalid = Err(ErrorKind::InvalidData);
        assert_eq!(told(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await, invalid);
        assert_eq!(told(b"PROXY TCP4 192.0.2.7 10.0.1.10 12345 443\r\n").await, invalid);
        // Another version, another command, no TCP, too short, too long, cut off.
        assert_eq!(told(&header(0x11, 0x11, &v4)).await, invalid);
        assert_eq!(told(&header(0x22, 0x11, &v4)).await, invalid);
        assert_eq!(told(&header(0x21, 0x12, &v4)).await, invalid);
        assert_eq!(told(&header(0x21, 0x11, &v4[..9])).await, invalid);
        assert_eq!(told(&header(0x21, 0x11, &[0; REST_BYTES_MAX + 1])).await, invalid);
        let whole = header(0x21, 0x11, &v4);
        assert_eq!(told(&whole[..20]).await, Err(ErrorKind::UnexpectedEof));
    }
}
