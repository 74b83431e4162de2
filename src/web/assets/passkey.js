// The browser makes a passkey, or answers with one; the form then takes it along as any other field.
export function offer (form) {
  if (!navigator.credentials || !window.PublicKeyCredential) return
  const scripted = form.querySelector('[data-scripted]')
  scripted.hidden = false
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), sign => sign.charCodeAt(0))
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
  let done = false

  form.addEventListener('submit', async event => {
    if (done || !scripted.contains(event.submitter)) return
    event.preventDefault()
    const said = form.querySelector('[data-said]')
    said.textContent = 'Your browser asks you to confirm.'
    try {
      const options = JSON.parse(form.dataset.options)
      const key = options.publicKey
      key.challenge = bytes(key.challenge)
      if (key.user) key.user.id = bytes(key.user.id)
      for (const known of [...(key.excludeCredentials ?? []), ...(key.allowCredentials ?? [])]) known.id = bytes(known.id)
      const made = await navigator.credentials[form.dataset.passkey](options)
      const response = { clientDataJSON: text(made.response.clientDataJSON) }
      for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
        if (made.response[name]) response[name] = text(made.response[name])
      }
      const answer = { id: made.id, rawId: text(made.rawId), type: made.type, response, extensions: {} }
      form.querySelector('[name=answer]').value = JSON.stringify(answer)
      done = true
      form.requestSubmit(event.submitter)
    } catch {
      said.textContent = 'That did not work, or took too long. Try again, or use a code of your app.'
    }
  })
}
