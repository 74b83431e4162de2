//! Listening sockets: one for each address and worker, so that no worker waits for another.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use super::EdgeError;

/// The listening sockets of one worker.
pub(super) type Listeners = Vec<TcpListener>;

/// Whether other sockets of this process may join the port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    /// No: refused when anybody has the port.
    Alone,
    /// The workers' sockets share it.
    Shared,
}

/// Binds every address once for each worker. Port 0 is chosen by the first worker's socket.
pub(super) fn listen(
    addresses: &[SocketAddr],
    workers: usize,
    backlog: i32,
) -> Result<(Vec<SocketAddr>, Vec<Listeners>), EdgeError> {
    let mut bound = Vec::new();
    let mut of_workers: Vec<Listeners> = (0..workers).map(|_| Vec::new()).collect();
    for &wanted in addresses {
        let failed = |source| EdgeError::at(wanted, source);
        if wanted.port() != 0 {
            // Sockets that share would happily join a second server's; one that does not is refused.
            drop(bind(wanted, Sharing::Alone).map_err(failed)?);
        }
        let mut address = wanted;
        for listeners in &mut of_workers {
            let socket = bind(address, Sharing::Shared).map_err(failed)?;
            socket.listen(backlog).map_err(failed)?;
            let listener = TcpListener::from(socket);
            address = listener.local_addr().map_err(failed)?;
            listeners.push(listener);
        }
        bound.push(address);
    }
    Ok((bound, of_workers))
}

fn bind(address: SocketAddr, sharing: Sharing) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // 0.0.0.0 and [::] can then be given together, and peers are never mapped addresses.
        socket.set_only_v6(true)?;
    }
    if sharing == Sharing::Shared {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

impl EdgeError {
    /// What the failure of a socket at this address means.
    fn at(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            ErrorKind::AddrInUse => Self::AddressInUse { address },
            ErrorKind::PermissionDenied => Self::AddressForbidden { address },
            _ => Self::Address { address, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_share_a_port_that_the_first_chose() {
        let any = "127.0.0.1:0".parse().unwrap();
        let (addresses, of_workers) = listen(&[any, any], 3, 16).unwrap();
        assert_eq!(of_workers.len(), 3);
        for listeners in &of_workers {
            let own: Vec<_> = listeners.iter().map(|one| one.local_addr().unwrap()).collect();
            assert_eq!(own, addresses);
        }
    }

    #[test]
    fn a_second_server_is_refused_though_both_share() {
        let any = "127.0.0.1:0".parse().unwrap();
        let (addresses, _first) = listen(&[any], 2, 16).unwrap();
        let second = listen(&addresses, 2, 16).unwrap_err();
        let expected = format!("{} is already in use by another program", addresses[0]);
        assert_eq!(second.to_string(), expected);
    }
}
