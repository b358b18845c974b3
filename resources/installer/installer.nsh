; Included by electron-builder's NSIS script.

!macro customUnInstall
  ; An update runs the old uninstaller too: nothing is asked and nothing of the person's is touched then.
  ${ifNot} ${isUpdated}
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "${APP_ID}"
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "electron.app.${PRODUCT_NAME}"
    ; Silent uninstalls keep the data. "No" is what the Enter key chooses.
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 \
      "Delete Siphon's data too?$\r$\n$\r$\nThese are your settings, the orchestrator's secret, keys and certificates, and the history of your work and earnings. This cannot be undone.$\r$\n$\r$\nNo keeps them for a later installation." \
      /SD IDNO IDNO siphonKeepData
    ; Data is always the person's own, also when the program was installed for everybody.
    SetShellVarContext current
    RMDir /r "$APPDATA\siphon"
    RMDir /r "$LOCALAPPDATA\siphon"
    RMDir /r "$LOCALAPPDATA\siphon-updater"
    ${if} $installMode == "all"
      SetShellVarContext all
    ${endif}
    siphonKeepData:
  ${endIf}
!macroend
