// Tells the stylesheet, before the first thing is painted, that scripts run and the components
// will start. In a file of its own because the content security policy allows no inline script.
document.body.className +=
  " js-enabled" + ("noModule" in HTMLScriptElement.prototype ? " govuk-frontend-supported" : "");
