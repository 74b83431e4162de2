//! Over TLS: only to the server whose certificate is believed, and never without.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A certificate for this machine that is its own authority, in PEM, and who accepts with it.
fn certified() -> (String, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (made.cert.pem(), TlsAcceptor::from(Arc::new(config)))
}

/// Serves one connection: over TLS with an acceptor, in the clear without; gives what was said to it.
async fn serve(listener: TcpListener, acceptor: Option<TlsAcceptor>) -> Vec<String> {
    let (stream, _) = listener.accept().await.unwrap();
    match acceptor {
        None => talk(stream).await,
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => talk(stream).await,
            Err(_) => Vec::new(),
        },
    }
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Vec<String> {
    stream.write_all(b"220 test\r\n").await.unwrap();
    answers(stream).await
}

async fn answers(stream: impl AsyncRead + AsyncWrite + Unpin) -> Vec<String> {
    let mut stream = BufReader::new(stream);
    let mut heard = Vec::new();
    let mut in_message = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return heard;
        }
        let line = line.trim_end().to_owned();
        let answer = match (in_message, line.as_str()) {
            (true, ".") => "250 taken\r\n",
            (true, _) => "",
            (false, "DATA") => "354 go on\r\n",
            (false, _) if line.starts_with("EHLO") => "250-test\r\n250 AUTH PLAIN\r\n",
            (false, _) if line.starts_with("AUTH") => "235 welcome\r\n",
            (false, _) => "250 ok\r\n",
        };
        in_message = (in_message || line == "DATA") && line != ".";
        heard.push(line);
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

/// Begins in the clear and goes over to TLS when asked; `more` is said in the clear together with the yes to it.
async fn upgraded(listener: TcpListener, acceptor: TlsAcceptor, more: &str) -> Vec<String> {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    let mut heard = Vec::new();
    stream.write_all(b"220 test\r\n").await.unwrap();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return heard;
        }
        heard.push(line.trim_end().to_owned());
        if line.starts_with("EHLO") {
            stream.write_all(b"250-test\r\n250 STARTTLS\r\n").await.unwrap();
            continue;
        }
        assert_eq!(line, "STARTTLS\r\n", "nothing else in the clear");
        stream.write_all(format!("220 go on\r\n{more}").as_bytes()).await.unwrap();
        let Ok(stream) = acceptor.accept(stream.into_inner()).await else { return heard };
        heard.extend(answers(stream).await);
        return heard;
    }
}

async fn sent(encryption: Encryption, acceptor: Option<TlsAcceptor>) -> (Outcome, Vec<String>) {
    sent_to(encryption, |listener| serve(listener, acceptor)).await
}

async fn sent_to<F: Future<Output = Vec<String>>>(
    encryption: Encryption,
    server: impl FnOnce(TcpListener) -> F,
) -> (Outcome, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hidden = |text: &str| Hidden::new(text.to_owned());
    let smtp = Smtp {
        host: "localhost".to_owned(),
        port: listener.local_addr().unwrap().port(),
        encryption,
        credentials: Some((hidden("user"), hidden("secret"))),
        from: From { address: "a@results.example".to_owned(), name: "Results £".to_owned() },
    };
    let message = Message {
        reference: "r1".to_owned(),
        to: hidden("head@school.example"),
        subject: hidden("Zoë"),
        body: hidden("Dear Zoë,\n.\nEnd\n"),
        written_at: Timestamp::UNIX_EPOCH,
    };
    let sending = async {
        let outcome = smtp.send(&message).await;
        drop(smtp);
        outcome
    };
    tokio::join!(sending, server(listener))
}

#[tokio::test]
async fn a_message_goes_over_tls_to_who_is_believed() {
    let (authority, acceptor) = certified();
    let tls = || Tls::new("localhost", Some(authority.as_bytes())).unwrap();
    let (outcome, heard) = sent(Encryption::Tls(tls()), Some(acceptor.clone())).await;
    assert_eq!(outcome, Outcome::Taken(None), "{heard:?}");
    for line in [
        "MAIL FROM:<a@results.example>",
        "RCPT TO:<head@school.example>",
        "..",
        "Message-ID: <r1@results.example>",
    ] {
        assert!(heard.iter().any(|heard| heard == line), "{line}: {heard:?}");
    }
    // Another's certificate, and a server without TLS: nothing is sent, and no password.
    let (other, _) = certified();
    let stranger = Tls::new("localhost", Some(other.as_bytes())).unwrap();
    for (encryption, acceptor) in [
        (Encryption::Tls(stranger), Some(acceptor)),
        (Encryption::Tls(tls()), None),
        (Encryption::StartTls(tls()), None),
    ] {
        let (outcome, heard) = sent(encryption, acceptor).await;
        assert!(matches!(outcome, Outcome::Later(_)), "{outcome:?}");
        let told = heard.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL"));
        assert!(!told, "{heard:?}");
    }
    assert!(Tls::new("localhost", Some(b"no certificate")).is_err());
}

#[tokio::test]
async fn over_starttls_nothing_that_was_said_in_the_clear_counts() {
    let (authority, acceptor) = certified();
    let encryption =
        || Encryption::StartTls(Tls::new("localhost", Some(authority.as_bytes())).unwrap());
    let server = acceptor.clone();
    let (outcome, heard) = sent_to(encryption(), |listener| upgraded(listener, server, "")).await;
    assert_eq!(outcome, Outcome::Taken(None), "{heard:?}");
    let place = |start| heard.iter().position(|line| line.starts_with(start)).unwrap();
    assert!(place("STARTTLS") < place("AUTH"), "{heard:?}");
    assert_eq!(heard.iter().filter(|line| line.starts_with("EHLO")).count(), 2, "{heard:?}");
    // Somebody on the way adds answers to the yes, as if the server had taken all that was still to be said.
    let server = acceptor.clone();
    let more = "250 ok\r\n".repeat(6);
    let (outcome, heard) =
        sent_to(encryption(), |listener| upgraded(listener, server, &more)).await;
    assert!(matches!(outcome, Outcome::Later(_)), "{outcome:?}");
    assert!(!heard.iter().any(|line| line.starts_with("AUTH")), "{heard:?}");
    // Another's certificate.
    let (other, _) = certified();
    let stranger = Encryption::StartTls(Tls::new("localhost", Some(other.as_bytes())).unwrap());
    let (outcome, heard) = sent_to(stranger, |listener| upgraded(listener, acceptor, "")).await;
    assert!(matches!(outcome, Outcome::Later(_)), "{outcome:?}");
    assert!(!heard.iter().any(|line| line.starts_with("AUTH")), "{heard:?}");
}
