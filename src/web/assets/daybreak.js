// Every page works without this file; it adds what the design system's components add.
import { initAll } from './govuk-frontend.js'

initAll()
