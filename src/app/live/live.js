'use strict'
// Asks the node once a second and writes what it says into the page. Nothing is asked while an answer is out.
const ASK_EVERY_MS = 1000
const ANSWER_WAIT_MS = 3000
const STALE_MS = 4000
const SPAN_S = 900
const page = document.documentElement
const stale = document.getElementById('stale')
const words = document.querySelectorAll('[data-word]')
const plots = [...document.querySelectorAll('.plot')].map(plot => ({
  plot, lines: plot.dataset.lines.trim().split(' '), title: plot.dataset.title, unit: plot.dataset.unit
}))
let taken = 0
let node = ''
let names = []
let rows = []
let movedAt = performance.now()
let lastTime = words[0].textContent

const column = name => names.indexOf(name)
const short = value => {
  const [size, letter] = value >= 1e6 ? [1e6, 'M'] : value >= 1e4 ? [1e3, 'k'] : [1, '']
  const scaled = value / size
  return (scaled % 1 === 0 ? scaled : scaled.toFixed(scaled < 1 ? 2 : 1)) + letter
}

// The least round number that is not below: 1, 2 or 5 with zeros.
function roundUp (value) {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map(step => step * power).find(round => round >= value)
}

function element (name, attributes, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  if (text !== undefined) made.textContent = text
  return made
}

// Pieces of a line: where there was no number, there is a gap.
function pieces (points) {
  const found = [[]]
  for (const point of points) {
    if (point[1] === null) found.push([])
    else found.at(-1).push(point)
  }
  return found.filter(piece => piece.length > 0)
}

function draw ({ plot, lines, title, unit }) {
  const [width, height, left, bottom, above] = [plot.clientWidth, plot.clientHeight, 46, 18, 8]
  const at = column('at')
  const now = rows.at(-1)[at]
  const times = lines.map(name => rows.map(row => {
    const value = row[column(name)]
    return [row[at] - now, value === null ? null : unit === '%' ? value * 100 : value]
  }))
  const highest = Math.max(...times.flat().map(point => point[1] ?? 0))
  // People and things are whole.
  const limit = unit === '%' ? 100 : roundUp(unit === '' ? Math.max(highest, 10) : highest)
  const x = seconds => left + (width - left - 4) * (1 + Math.max(seconds, -SPAN_S) / SPAN_S)
  const y = value => above + (height - above - bottom) * (1 - value / limit)
  const parts = []
  for (const part of [0, 0.5, 1]) {
    parts.push(element('line', { class: 'grid', x1: left, x2: width, y1: y(part * limit), y2: y(part * limit) }))
    parts.push(element('text', { x: left - 6, y: y(part * limit) + 4, 'text-anchor': 'end' }, short(part * limit)))
  }
  for (const minutes of [15, 10, 5]) {
    parts.push(element('text', { x: x(-60 * minutes), y: height - 2, 'text-anchor': minutes === 15 ? 'start' : 'middle' }, `−${minutes} min`))
  }
  parts.push(element('text', { x: width, y: height - 2, 'text-anchor': 'end' }, 'now'))
  times.forEach((points, number) => {
    for (const piece of pieces(points)) {
      const path = piece.map(([seconds, value]) => `${x(seconds).toFixed(1)} ${y(value).toFixed(1)}`).join('L')
      if (number === 0) {
        parts.push(element('path', { class: 'below', d: `M${path}V${y(0)}H${x(piece[0][0]).toFixed(1)}Z` }))
      }
      parts.push(element('path', { class: `line-${number}`, d: `M${path}` }))
    }
  })
  const opened = rows.at(-1)[column('opens')] - now
  if (opened < 0 && opened > -SPAN_S) {
    parts.push(element('line', { class: 'instant', x1: x(opened), x2: x(opened), y1: above, y2: height - bottom }))
    const side = opened > -SPAN_S / 4 ? 'end' : 'start'
    parts.push(element('text', { x: x(opened) + (side === 'end' ? -4 : 4), y: above + 10, 'text-anchor': side }, 'opened'))
  }
  plot.setAttribute('viewBox', `0 0 ${width} ${height}`)
  plot.replaceChildren(...parts)
  const last = times[0].at(-1)[1]
  const said = last === null ? 'nothing now' : `now ${short(Math.round(last * 10) / 10)}${unit}`
  plot.setAttribute('aria-label', `${title} over the last 15 minutes: at the most ${short(Math.round(highest * 10) / 10)}${unit}, ${said}`)
}

function write (answer) {
  for (const place of words) {
    const [text, level] = answer.words[place.dataset.word] ?? ['–', 'plain']
    if (place.textContent !== text) place.textContent = text
    if (place.matches('dd, b')) place.className = level
  }
  const last = rows.at(-1)
  const [served, expected] = ['schools_served', 'schools_expected'].map(name => last[column(name)])
  document.getElementById('part').setAttribute('width', expected > 0 ? Math.min(100, 100 * served / expected) : 0)
  document.getElementById('lines').replaceChildren(...answer.nodes.map(cells => {
    const row = document.createElement('tr')
    row.append(...cells.slice(0, -1).map((text, number) => {
      const cell = document.createElement(number === 0 ? 'th' : 'td')
      if (number === 0) cell.scope = 'row'
      if (number === 1) cell.className = cells.at(-1)
      if (number >= 6) cell.className = 'number'
      cell.textContent = text
      return cell
    }))
    return row
  }))
}

function take (answer) {
  // Another start of the node begins anew.
  if (answer.node !== node || answer.taken < taken) rows = []
  if (answer.rows.length > 0) movedAt = performance.now();
  [node, taken, names] = [answer.node, answer.taken, answer.names]
  rows = [...rows, ...answer.rows].slice(-SPAN_S)
  if (rows.length === 0) return
  write(answer)
  lastTime = answer.words.time[0]
  if (!document.hidden) plots.forEach(draw)
}

// Says plainly that the numbers are old.
function judge () {
  const old = performance.now() - movedAt
  const isOld = old > STALE_MS
  page.classList.toggle('old', isOld)
  const text = isOld ? `This node has not answered for ${Math.round(old / 1000)} seconds. The numbers are of ${lastTime}.` : ''
  if (isOld) document.title = 'No answer: Live – Daybreak'
  else document.title = 'Live – Daybreak'
  // Read out once, and counted on quietly.
  if (stale.hidden === isOld) stale.hidden = !isOld
  if (stale.textContent !== text) stale.textContent = text
}

async function ask () {
  try {
    const answer = await fetch(`/live/data?after=${taken}`, { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_WAIT_MS) })
    if (answer.ok) take(await answer.json())
  } catch {
    // What is old is told below.
  }
  judge()
  setTimeout(ask, ASK_EVERY_MS)
}

page.classList.add('moving')
addEventListener('resize', () => { if (rows.length > 0) plots.forEach(draw) })
document.addEventListener('visibilitychange', () => { if (!document.hidden && rows.length > 0) plots.forEach(draw) })
ask()
