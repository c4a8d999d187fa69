// Solara's page runs this before any widget. anywidget gives a model up for lost whose script is not ready within two
// seconds, and from then on passes nothing on to it: on a slow or busy machine the network would never move. It may take two minutes here.
(() => {
  const given = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (milliseconds) => given(milliseconds === 2000 ? 120000 : milliseconds);
})();
